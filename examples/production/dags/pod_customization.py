"""A task on a GPU and one that needs little: each chooses its pod by name."""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task

from airflow_task_pods import gpu, light


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False)
def pod_customization():
    @task(executor_config=gpu())
    def train_model():
        import subprocess

        subprocess.run(["python", "train.py", "--epochs", "10"], check=True)
        return "s3://bucket/models/latest"

    @task(executor_config=light())
    def notify(model_path):
        print(f"Model saved to {model_path}")

    notify(train_model())


pod_customization()

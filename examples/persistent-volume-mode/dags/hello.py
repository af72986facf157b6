"""Three tasks, each a pod, and one that sums up what they answer."""

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, catchup=False)
def hello():
    @task
    def square(number):
        return number * number

    @task
    def total(squares):
        return sum(squares)

    total(square.expand(number=[1, 2, 3]))


hello()

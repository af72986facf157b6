import { AirflowImage } from './airflow-image';
import { Problems } from '../kubernetes/problems';

/** Reports an image of one component that has another Airflow than the other components. */
export function checkSameAirflow(problems: Problems, { version, airflowHome }: AirflowImage, image: AirflowImage | undefined): void {
  if (image !== undefined && (image.version.release !== version.release || image.airflowHome !== airflowHome)) {
    problems.add(`'image' must have Airflow ${version.release} at ${airflowHome}, as the scheduler has, got '${image.reference}' `
      + `with ${image.version.release} at ${image.airflowHome}`);
  }
}

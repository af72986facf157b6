/**
 * The longest outage of the API server, the scheduler, the broker or the database that tasks survive, in seconds: five minutes, and one
 * minute to get Ready.
 */
export const OUTAGE = 360;

/** So long may the API server, the scheduler, the broker or the database be away, in seconds: five minutes, and one to get Ready. */
export const OUTAGE = 360;

/** An error in the user's input. It is printed without a stack trace. */
export class UsageError extends Error {}

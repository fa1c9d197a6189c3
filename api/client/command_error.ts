/** How a command can end, and the one error that carries it from wherever it is known to the last line. */

/** What the process exits with. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  /** Access, or a precondition that does not hold. */
  refused: 4,
  unreachable: 5,
  interrupted: 130,
} as const;

/** One of {@linkcode EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command cannot go on. The message is one line for people and holds no secret. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exit: ExitCode;

  constructor(exit: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exit = exit;
  }
}

/**
 * A failure the user is told in one line, with the exit code that goes with it:
 * 1 failed, 2 usage, 130 interrupted.
 */
export class BuildError extends Error {
  override readonly name = "BuildError";
  readonly exitCode: 1 | 2 | 130;

  constructor(message: string, exitCode: 1 | 2 | 130 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What any thrown value says, on one line. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, " ").trim();
}

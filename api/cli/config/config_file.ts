/** The file of contexts as commands read and change it. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { ContextBook } from "../../client/context_book.ts";
import { CONTEXT_FILE_BYTES_MAX, contextPath } from "../../client/context_path.ts";
import { readContexts } from "../../client/discovery.ts";
import type { Session } from "../session.ts";

/** A file and what it holds. */
export interface ConfigFile {
  readonly path: string;
  readonly book: ContextBook;
}

/** Where it is. @throws {CommandError} `usage`: nothing says so. */
export function configPath({ world }: Session): string {
  const path = contextPath(world);
  if (path !== undefined) return path;
  throw new CommandError(
    EXIT.usage,
    "no place for contexts: set HOME, XDG_CONFIG_HOME or STRATA_CONFIG",
  );
}

/** Reads it; one that is not there holds nothing. @throws {CommandError} `usage`: it cannot be used. */
export async function readConfig(session: Session): Promise<ConfigFile> {
  const path = configPath(session);
  return { path, book: new ContextBook(path, await readContexts(path, session.world) ?? "") };
}

/** Changes it, or leaves all as it is where `change` throws. @throws {CommandError} `usage`. */
export async function changeConfig(
  session: Session,
  change: (file: ConfigFile) => void,
): Promise<void> {
  const path = configPath(session);
  try {
    await session.world.files.rewrite(path, {
      bytesMax: CONTEXT_FILE_BYTES_MAX,
      change(text) {
        const book = new ContextBook(path, text ?? "");
        change({ path, book });
        const next = book.text();
        if (new TextEncoder().encode(next).length <= CONTEXT_FILE_BYTES_MAX) return next;
        throw new RangeError("the new file would be too long");
      },
    });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (error instanceof RangeError) {
      const bound = `it may have at most ${CONTEXT_FILE_BYTES_MAX} bytes`;
      throw new CommandError(EXIT.usage, `cannot write "${path}": ${bound}`);
    }
    const words = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.failed, `cannot write "${path}": ${words}`, { cause: error });
  }
}

/** A file that the user names, such as a certificate. @throws {CommandError} `usage`: it is not there, or too long. */
export async function readOwnFile(session: Session, path: string): Promise<string> {
  const text = await session.world.files.readText(path, CONTEXT_FILE_BYTES_MAX)
    .catch((error: unknown) => {
      if (!(error instanceof RangeError)) throw error;
      const bound = `it has more than ${CONTEXT_FILE_BYTES_MAX} bytes`;
      throw new CommandError(EXIT.usage, `cannot use "${path}": ${bound}`);
    });
  if (text !== undefined) return text;
  throw new CommandError(
    EXIT.usage,
    `cannot read "${path}": give a file that is there and readable`,
  );
}

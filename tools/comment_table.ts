/** The comments of the .proto files as a table: at run time descriptors have none. */
import { bufWords, PROTO } from "./buf.ts";
import { runQuietly } from "./checkout.ts";

/** Where the table is, below proto/gen. */
export const COMMENT_TABLE = "comments.ts";

/** What of a descriptor, as JSON, has a name and parts with names. */
interface Described {
  readonly name: string;
  readonly [part: string]: unknown;
}

interface Location {
  readonly path?: readonly number[];
  readonly leadingComments?: string;
}

interface File extends Described {
  readonly package?: string;
  readonly sourceCodeInfo?: { readonly location?: readonly Location[] };
}

/** Names of parts by their numbers in descriptor.proto, of files and of what they hold. */
const PARTS: Readonly<
  Record<string, Readonly<Record<number, readonly [name: string, of: string]>>>
> = {
  file: {
    4: ["messageType", "message"],
    5: ["enumType", "enum"],
    6: ["service", "service"],
  },
  message: {
    2: ["field", "field"],
    3: ["nestedType", "message"],
    4: ["enumType", "enum"],
  },
  enum: { 2: ["value", "value"] },
  service: { 2: ["method", "method"] },
};

/**
 * The text of the table.
 *
 * @throws {Error} What buf said against the .proto files.
 */
export async function commentTable(signal: AbortSignal): Promise<string> {
  const words = bufWords("build", "--exclude-imports", "--output", "-#format=json");
  const { code, output } = await runQuietly({ words, cwd: PROTO, signal });
  if (code !== 0) throw new Error(output.trim());
  const { file: files }: { readonly file: readonly File[] } = JSON.parse(output);
  const rows = files.flatMap((file) => [...commentsOf(file)])
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, text]) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)},\n`);
  return `// @generated from the comments of the .proto files by tools/comment_table.ts

/** Comments by full name: \`PACKAGE.Message\`, \`PACKAGE.Message.field\`, \`PACKAGE.Enum.VALUE\`, \`PACKAGE.Service.Method\`. */
export const COMMENTS: Readonly<Record<string, string>> = {
${rows.join("")}};
`;
}

/** Full names with their comments. */
export function* commentsOf(file: File): Generator<readonly [name: string, text: string]> {
  for (const { path = [], leadingComments = "" } of file.sourceCodeInfo?.location ?? []) {
    const name = nameAt(file, path);
    const text = plainText(leadingComments);
    if (name !== undefined && text !== "") yield [name, text];
  }
}

/** The full name of what stands at a path of numbers; undefined for what is no part with a name. */
function nameAt(file: File, path: readonly number[]): string | undefined {
  const names = file.package === undefined ? [] : [file.package];
  let [kind, part]: [string, Described] = ["file", file];
  for (let at = 0; at < path.length; at += 2) {
    const [list, of] = PARTS[kind]?.[path[at] ?? -1] ?? [];
    const parts: unknown = list === undefined ? undefined : part[list];
    const next: unknown = Array.isArray(parts) ? parts[path[at + 1] ?? -1] : undefined;
    if (of === undefined || !isDescribed(next)) return undefined;
    names.push(next.name);
    [kind, part] = [of, next];
  }
  return kind === "file" ? undefined : names.join(".");
}

function isDescribed(value: unknown): value is Described {
  return typeof value === "object" && value !== null && "name" in value &&
    typeof value.name === "string";
}

/** Lines of a paragraph as one, paragraphs with an empty line between them. */
function plainText(comment: string): string {
  return comment.split(/\n[ \t]*\n/).map((paragraph) =>
    paragraph.split("\n").map((line) => line.trim()).join(" ").trim()
  ).filter((paragraph) => paragraph !== "").join("\n\n");
}

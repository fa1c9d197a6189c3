/** The report `deno test --junit-path` writes, read back: one case for each test. */

/** How a test ended. */
export type Outcome = "passed" | "failed" | "skipped";

/** One test: the file that declares it, its name, its end. */
export interface TestCase {
  readonly file: string;
  readonly name: string;
  readonly outcome: Outcome;
}

const CASE_REGEXP =
  /<testcase name="([^"]*)" classname="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  gt: ">",
  lt: "<",
  quot: '"',
};

/**
 * The tests of a report, in its order.
 *
 * A step of a test is listed there too, as `TEST > STEP`; it is left out here, since a step that
 * fails fails its test.
 */
export function parseJunit(xml: string): TestCase[] {
  const all = [...xml.matchAll(CASE_REGEXP)].map(([, name = "", file = "", body = ""]) => ({
    file: unescape(file).replace(/^\.\//, ""),
    name: unescape(name),
    outcome: outcomeOf(body),
  }));
  const names = new Set(all.map(({ file, name }) => `${file}: ${name}`));
  return all.filter(({ file, name }) => {
    const parts = name.split(" > ");
    return !parts.some((_, length) =>
      length > 0 && names.has(`${file}: ${parts.slice(0, length).join(" > ")}`)
    );
  });
}

function outcomeOf(body: string): Outcome {
  if (/<(failure|error)[ >]/.test(body)) return "failed";
  return body.includes("<skipped") ? "skipped" : "passed";
}

function unescape(text: string): string {
  return text.replace(/&(#x?[0-9a-fA-F]+|[a-z]+);/g, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name] ?? whole;
    const code = name[1] === "x" ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
    return String.fromCodePoint(code);
  });
}

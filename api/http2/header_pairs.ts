/**
 * Headers in wire order as name, value, name, value, …: names in lower case, values as Latin-1.
 * A flat array, since a header block is decoded for every call and most of it is never looked at.
 * A list that never changes and is sent often should be one constant: its encoding is cached by identity.
 */
export type HeaderPairs = readonly string[];

/** The value of the first header called `name` (lower case), or undefined. */
export function headerValue(pairs: HeaderPairs, name: string): string | undefined {
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    if (pairs[index] === name) return pairs[index + 1];
  }
  return undefined;
}

/** The same as fetch has them: values of one name are joined. @throws {TypeError} Of a name or value that fetch refuses. */
export function headersOf(pairs: HeaderPairs): Headers {
  const headers = new Headers();
  appendTo(headers, pairs);
  return headers;
}

/** Adds all of them to what fetch has. @throws {TypeError} As {@linkcode headersOf}. */
export function appendTo(headers: Headers, pairs: HeaderPairs): void {
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    headers.append(pairs[index] ?? "", pairs[index + 1] ?? "");
  }
}

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { requestUrls } from "./request_url.ts";

const ORIGINS = [
  "http://localhost",
  "http://127.0.0.1:50080",
  "http+unix://%2Frun%2Fa.sock",
  "https://[::1]:5",
];

/** What `URL.parse` says of it. */
function parsed(text: string): readonly unknown[] | null {
  const url = URL.parse(text);
  return url && [url.pathname, url.search, [...url.searchParams]];
}

function read(text: string, urlOf = requestUrls()): readonly unknown[] | null {
  urlOf(text); // The origin is known from then on.
  const url = urlOf(text);
  return url && [url.pathname, url.search, [...url.searchParams]];
}

Deno.test("requestUrls() gives what URL.parse gives, when an origin comes again too", () => {
  const paths = [
    "/",
    "//",
    "/a/b",
    "/a//b/",
    "/~x/y-z_1",
    "/a.b/c",
    "/...",
    "/a/..b",
    "/a..",
    "/@a:b;c=d,e",
  ];
  const odd = [
    "/..",
    "/a/../b",
    "/.",
    "/a/./b",
    "/%2e%2e/b",
    "/a%20b",
    "/ä",
    "/a b",
    "/a\tb",
    "/a\\b",
    "/a|b",
  ];
  const queries = ["", "?", "?a=1", "#x", "?a=1#x", "?watch&label=a%3Db"];
  for (const origin of ORIGINS) {
    for (const path of [...paths, ...odd]) {
      for (const query of queries) {
        const text = origin + path + query;
        assertEquals(read(text), parsed(text), text);
      }
    }
  }
});

Deno.test("requestUrls() gives what URL.parse gives for whatever comes", () => {
  const piece = fc.constantFrom(
    "/",
    ".",
    "..",
    ":",
    "@",
    "a",
    "B",
    "[",
    "]",
    "%",
    "%2f",
    "?",
    "#",
    "\\",
    " ",
    "\n",
    "ä",
    "1",
  );
  const text = fc.tuple(
    fc.constantFrom("http://", "https://", "http+unix://", "http:", "file://", "://", ""),
    fc.array(piece, { maxLength: 12 }),
  ).map(([scheme, pieces]) => scheme + pieces.join(""));
  const urlOf = requestUrls(); // One that knows more and more origins.
  fc.assert(fc.property(text, (each) => assertEquals(read(each, urlOf), parsed(each))), {
    numRuns: 5000,
  });
});

Deno.test("requestUrls() takes a plain path behind a known origin as it is, and an unknown origin never", () => {
  const urlOf = requestUrls();
  assert(urlOf("http://localhost/a") instanceof URL);
  assert(!(urlOf("http://localhost/b") instanceof URL));
  assert(urlOf("http://localhost/b?c") instanceof URL);
  assertEquals(urlOf("http://a b/c"), null);
  assertEquals(urlOf("http://a b/c"), null);
});

Deno.test("requestUrls() keeps 64 origins, and those of strangers keep no other out for good", () => {
  const urlOf = requestUrls();
  const isKept = (name: string): boolean => !(urlOf(`http://${name}/`) instanceof URL);
  for (let index = 0; index < 64; index++) urlOf(`http://host-${index}/`);
  assertEquals([isKept("host-0"), isKept("host-63")], [true, true]);
  assertEquals(isKept("host-64"), false); // The one too many.
  assertEquals([isKept("host-64"), isKept("host-0"), isKept("host-0")], [true, false, true]);
});

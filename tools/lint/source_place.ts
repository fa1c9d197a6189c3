/** Where a linted file stands in the house. */

/** The checkout, as the start of every absolute path of a file in it. */
const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** The file's path from the top of the checkout; a relative path is taken as that already. */
export function placeOf(filename: string): string {
  return filename.startsWith(ROOT) ? filename.slice(ROOT.length) : filename.replace(/^\.\//, "");
}

/** Whether `place` is a test, or lives where only tests live. */
export function isTest(place: string): boolean {
  return place.endsWith("_test.ts") || isIn(place, "tests");
}

/** Whether `place` is `folder` itself or anything below it. */
export function isIn(place: string, folder: string): boolean {
  return place === folder || place.startsWith(`${folder}/`);
}

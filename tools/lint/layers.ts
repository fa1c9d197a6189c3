import { wrongArrow, wrongHome } from "./house_map.ts";
import { eachImport } from "./imported.ts";
import { isTest, placeOf } from "./source_place.ts";

/** Arrows go one way, and each outside package has a home. Tests may import anything. */
export const layers: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const from = placeOf(context.filename);
    if (isTest(from)) return {};
    return eachImport(({ specifier, kind, node }) => {
      const wrong = /^\.{0,2}\//.test(specifier)
        ? wrongArrow(from, targetOf(from, specifier), kind)
        : wrongHome(from, specifier);
      if (wrong !== undefined) context.report({ node, message: wrong });
    });
  },
};

function targetOf(from: string, specifier: string): string {
  return decodeURIComponent(new URL(specifier, `file:///${from}`).pathname.slice(1));
}

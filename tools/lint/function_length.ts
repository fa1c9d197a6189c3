import { isTest, placeOf } from "./source_place.ts";

/** Lines of one function, its head and closing brace included: what fits a screen. */
const FUNCTION_LINES_MAX = 60;

type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

/** A function fits a screen. Tests may run longer: they tell a story. */
export const functionLength: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (isTest(placeOf(context.filename))) return {};
    const measure = (node: FunctionNode): void => {
      const lines = context.sourceCode.text.slice(...node.range).split("\n").length;
      if (lines <= FUNCTION_LINES_MAX) return;
      const message =
        `A function of ${lines} lines, at most ${FUNCTION_LINES_MAX}: give a part a name`;
      context.report({ range: [node.range[0], node.range[0] + 1], message });
    };
    return {
      FunctionDeclaration: measure,
      FunctionExpression: measure,
      ArrowFunctionExpression: measure,
    };
  },
};

/** `/PACKAGE.SERVICE/METHOD`: at least one dot, so that no path of the HTTP API looks like it. */
const PROCEDURE_REGEXP = /^\/[A-Za-z_]\w*(\.[A-Za-z_]\w*)+\/[A-Za-z_]\w*$/;

/** Whether the path has the form of a procedure, served or not. */
export function isProcedure(pathname: string): boolean {
  return PROCEDURE_REGEXP.test(pathname);
}

/** How calls are named on the wire. From descriptors, or by their types alone: a proxy judges calls without reading any. */
import type { DescMethod, DescService } from "@bufbuild/protobuf";

/** A method as descriptors name it in TypeScript: `teardownAndDestroy`. */
export type MethodName<Service extends DescService> = keyof Service["method"] & string;

/** `/PACKAGE.SERVICE/METHOD`. */
export function procedureOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/**
 * The same by names: a method that the service's type does not have is an error of types.
 *
 * @param service `PACKAGE.SERVICE`. A wrong one is found when the API is made, see authorization/rules.ts.
 */
export function procedureNamed<Service extends DescService>(
  service: string,
  method: MethodName<Service>,
): string {
  return `/${service}/${method.charAt(0).toUpperCase()}${method.slice(1)}`;
}

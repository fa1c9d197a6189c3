/** Where lines meet boxes: at the left or the right of them, one below the other, so that none hides another. */
import type { Place, Way } from "./graph_layout.ts";
// @ts-types="types/dagre.d.ts"
import type { Point } from "@dagrejs/dagre";

/** One end of a line. */
interface Dock {
  readonly way: number;
  readonly end: "first" | "last";
  /** Where the line comes from, or goes to, next. */
  readonly next: Point;
  readonly place: Place;
  readonly side: "left" | "right";
}

/**
 * The ways with their first and last points moved to the sides of their boxes, in the order of where they lead. What
 * goes straight to the next column needs no bend.
 */
export function docked(
  ways: readonly Way[],
  places: ReadonlyMap<string, Place>,
): readonly Way[] {
  const docks = ways.flatMap((way, at) => docksOf(way, { at, places }));
  const sides = Map.groupBy(docks, ({ place, side }) => `${side} ${place.x} ${place.y}`);
  const points = ways.map((way) => [...way.points]);
  for (const side of sides.values()) {
    side.sort((a, b) => a.next.y - b.next.y || a.way - b.way);
    side.forEach((dock, at) => {
      const { x, y, width, height } = dock.place;
      const point = {
        x: dock.side === "left" ? x : x + width,
        y: y + height * (at + 1) / (side.length + 1),
      };
      const own = points[dock.way] ?? [];
      own[dock.end === "first" ? 0 : own.length - 1] = point;
    });
  }
  return ways.map((way, at) => {
    const own = points[at] ?? [];
    return { ...way, points: isDirect(way) ? own.filter((_, index) => index !== 1) : own };
  });
}

function docksOf(
  way: Way,
  context: { readonly at: number; readonly places: ReadonlyMap<string, Place> },
): readonly Dock[] {
  const { controller, kind, meaning } = way.link;
  const [from, to] = meaning.direction === "writes" ? [controller, kind] : [kind, controller];
  const dock = (end: Dock["end"]): readonly Dock[] => {
    const [near, far] = end === "first" ? [from, to] : [to, from];
    const place = context.places.get(near.key);
    const target = context.places.get(far.key);
    const next = isDirect(way) && target !== undefined
      ? { x: target.x + target.width / 2, y: target.y + target.height / 2 }
      : way.points.at(end === "first" ? 1 : -2);
    if (place === undefined || next === undefined) return [];
    const side = next.x < place.x + place.width / 2 ? "left" : "right";
    return [{ way: context.at, end, next, place, side }];
  };
  return [...dock("first"), ...dock("last")];
}

/** Whether it goes to the next column, with no label on its way. */
function isDirect({ points, label }: Way): boolean {
  return points.length === 3 && label === undefined;
}

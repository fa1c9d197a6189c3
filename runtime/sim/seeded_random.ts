/** Chance that can be had again. */
import type { Random } from "../core/ports.ts";

/** Step of the generator: the golden ratio, so that neighbouring seeds share nothing one would notice. */
const GOLDEN = 0x9e3779b9;

/** Numbers that look random and follow from `seed`, of which the lowest 32 bits count. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = mixed(seed >>> 0);
  const uint32 = (): number => {
    state = (state + GOLDEN) >>> 0;
    return mixed(state);
  };
  return {
    uint32,
    bytes: (length) => Uint8Array.from({ length }, () => uint32() & 0xff),
  };
}

/** Every bit of the result hangs on every bit of `value`, and no two values share one. */
function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}

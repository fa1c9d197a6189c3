// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { linuxRelease } from "./linux_image.ts";
import { imageOf } from "./linux_package.ts";

Deno.test("linuxRelease() reads the release a bzImage carries", () => {
  const image = new Uint8Array(0x1000);
  image.set(new TextEncoder().encode("HdrS"), 0x202);
  new DataView(image.buffer).setUint16(0x20e, 0x400, true);
  image.set(new TextEncoder().encode("6.12.1+deb12-amd64 (builder) #1\0"), 0x600);
  assertEquals(linuxRelease(image), "6.12.1+deb12-amd64");
});

Deno.test("linuxRelease() is undefined for what is no bzImage", () => {
  assertEquals(linuxRelease(new Uint8Array(0x1000)), undefined);
  assertEquals(linuxRelease(new Uint8Array(10)), undefined);
});

Deno.test("imageOf() finds the image a meta package depends on, when it is new enough", () => {
  const depends = (name: string): string => `linux-image-cloud-amd64\n  Depends: ${name}\n`;
  const recent = "linux-image-6.12.117+deb12-cloud-amd64";
  assertEquals(imageOf(depends(recent)), recent);
  assertEquals(imageOf(depends("linux-image-7.0.1-cloud-amd64")), "linux-image-7.0.1-cloud-amd64");
  assertEquals(imageOf(depends("linux-image-6.1.0-40-cloud-amd64")), undefined);
  assertEquals(imageOf(""), undefined);
});

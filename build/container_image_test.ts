// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { containerImage } from "./container_image.ts";
import { digestBytes } from "./digest.ts";

/** Files of a tar archive: name, mode and content. */
function untar(archive: Uint8Array): ReadonlyMap<string, { mode: string; content: Uint8Array }> {
  const files = new Map<string, { mode: string; content: Uint8Array }>();
  const text = (from: number, length: number): string =>
    new TextDecoder().decode(archive.subarray(from, from + length)).replace(/\0.*$/s, "");
  for (let at = 0; text(at, 100) !== "";) {
    const size = parseInt(text(at + 124, 12), 8);
    const header = archive.slice(at, at + 512).fill(0x20, 148, 156);
    assertEquals(parseInt(text(at + 148, 8), 8), header.reduce((sum, byte) => sum + byte, 0));
    files.set(text(at, 100), {
      mode: text(at + 100, 8),
      content: archive.subarray(at + 512, at + 512 + size),
    });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

Deno.test("containerImage() is an archive of blobs that name each other, down to one program", () => {
  const content = new TextEncoder().encode("program");
  const files = untar(containerImage({ name: "hello", content }, "strata.test/hello:1"));
  const blob = (digest: string): Uint8Array => {
    const { content = new Uint8Array() } =
      files.get(`blobs/sha256/${digest.replace("sha256:", "")}`) ?? {};
    assertEquals(`sha256:${digestBytes(content)}`, digest);
    return content;
  };
  const parsed = (bytes: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(bytes));
  assertEquals([...files.keys()].slice(0, 2), ["oci-layout", "index.json"]);
  assertEquals(files.size, 5);
  const { manifests: [listed] } = parsed(files.get("index.json")?.content);
  assertEquals(listed.annotations, { "io.containerd.image.name": "strata.test/hello:1" });
  const manifest = parsed(blob(listed.digest));
  const config = parsed(blob(manifest.config.digest));
  assertEquals(config.config, { Entrypoint: ["/hello"] });
  assertEquals(config.rootfs.diff_ids, [manifest.layers[0].digest]);
  const layer = untar(blob(manifest.layers[0].digest));
  assertEquals([...layer.keys()], ["hello"]);
  assertEquals(layer.get("hello")?.mode, "0000755");
  assertEquals(layer.get("hello")?.content, content);
});

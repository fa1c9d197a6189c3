/** A processor of /proc/cpuinfo as a message. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CPUInfoSchema } from "../proto/gen/machine/machine_pb.ts";

/** Makes the message of what the kernel says of a processor, by the kernel's words; what is missing is empty or 0. */
export function cpuInfo(
  words: ReadonlyMap<string, string>,
): MessageInitShape<typeof CPUInfoSchema> {
  const text = (name: string): string => words.get(name) ?? "";
  const count = (name: string): number => Number(/^\d{1,9}/.exec(text(name))?.[0] ?? 0);
  const number = (name: string): number => Number(/^\d{1,9}(\.\d+)?/.exec(text(name))?.[0] ?? 0);
  const list = (name: string): string[] => text(name).split(" ").filter((word) => word !== "");
  return {
    processor: count("processor"),
    vendorId: text("vendor_id"),
    cpuFamily: text("cpu family"),
    model: text("model"),
    modelName: text("model name"),
    stepping: text("stepping"),
    microcode: text("microcode"),
    cpuMhz: number("cpu MHz"),
    cacheSize: text("cache size"),
    physicalId: text("physical id"),
    siblings: count("siblings"),
    coreId: text("core id"),
    cpuCores: count("cpu cores"),
    apicId: text("apicid"),
    initialApicId: text("initial apicid"),
    fpu: text("fpu"),
    fpuException: text("fpu_exception"),
    cpuIdLevel: count("cpuid level"),
    wp: text("wp"),
    flags: list("flags"),
    bugs: list("bugs"),
    bogoMips: number("bogomips"),
    clFlushSize: count("clflush size"),
    cacheAlignment: count("cache_alignment"),
    addressSizes: text("address sizes"),
    powerManagement: text("power management"),
  };
}

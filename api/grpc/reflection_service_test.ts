// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { create } from "@bufbuild/protobuf";
import {
  ServerReflection,
  type ServerReflectionResponse,
} from "../../proto/gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as Alpha } from "../../proto/gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { apiFixture } from "../../tests/fakes/api.ts";
import { FakeExchange } from "../../tests/fakes/fake_exchange.ts";
import { answersIn, bytesOf, codeOf, pathOf, requestFrame } from "../../tests/fakes/grpc_client.ts";
import { SERVICES } from "./served_methods.ts";

const INFO = ServerReflection.method.serverReflectionInfo;
const VERSIONS = [INFO, Alpha.method.serverReflectionInfo] as const;

type Question = Readonly<Record<string, unknown>>;
type Answer = ServerReflectionResponse["messageResponse"];

/** Asks by one version; the messages of the other have the same bytes. */
async function ask(path: string, questions: readonly Question[]): Promise<Answer[]> {
  const frames = questions.map((question) => {
    const [name, value] = Object.entries(question)[0] ?? [];
    const messageRequest = { case: name, value } as { case: "listServices"; value: string };
    return requestFrame(INFO.input, { host: "here", messageRequest });
  });
  const exchange = FakeExchange.ask(apiFixture().api.exchange, { path, body: bytesOf(...frames) });
  await exchange.over();
  assertEquals(codeOf(exchange), "OK");
  const answers = answersIn(exchange, INFO);
  assertEquals(answers.map(({ validHost }) => validHost), answers.map(() => "here"));
  assertEquals(answers.length, questions.length);
  return answers.map(({ messageResponse }) => messageResponse);
}

/** Names of the files of an answer, or its code and message. */
function shown(answer: Answer | undefined): unknown {
  if (answer?.case === "errorResponse") return [answer.value.errorCode, answer.value.errorMessage];
  if (answer?.case !== "fileDescriptorResponse") return answer?.case;
  const { fileDescriptorProto } = answer.value;
  return fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
}

const STATE_FILES = [
  "cosi/resource/state.proto",
  "cosi/resource/resource.proto",
  "google/protobuf/timestamp.proto",
];

for (const version of VERSIONS) {
  const path = pathOf(version);

  Deno.test(`${path} lists every service`, async () => {
    const [answer] = await ask(path, [{ listServices: "" }]);
    assert(answer?.case === "listServicesResponse");
    const names = answer.value.service.map(({ name }) => name);
    assertEquals(names, SERVICES.map(({ typeName }) => typeName).sort());
  });

  Deno.test(`${path} gives files by name, each with all that it imports`, async () => {
    const files = ["cosi/resource/state.proto", "google/protobuf/timestamp.proto"];
    const answers = await ask(path, files.map((fileByFilename) => ({ fileByFilename })));
    assertEquals(answers.map(shown), [STATE_FILES, ["google/protobuf/timestamp.proto"]]);
  });

  Deno.test(`${path} gives the file that declares a symbol, whatever its kind`, async () => {
    const symbols = [
      "cosi.resource.State",
      "cosi.resource.State.Get",
      "cosi.resource.WatchRequest",
      "cosi.resource.WatchRequest.api_version",
      "cosi.resource.EventType",
      "cosi.resource.BOOTSTRAPPED",
    ];
    const answers = await ask(path, symbols.map((symbol) => ({ fileContainingSymbol: symbol })));
    for (const [index, answer] of answers.entries()) {
      assertEquals(shown(answer), STATE_FILES, symbols[index]);
    }
    const nested = ["machine.ListRequest.Type", "machine.ListRequest.SYMLINK"];
    const more = await ask(path, nested.map((symbol) => ({ fileContainingSymbol: symbol })));
    for (const answer of more) {
      assertEquals((shown(answer) as string[])[0], "machine/machine.proto");
    }
  });

  Deno.test(`${path} answers what is not known within the stream, which goes on`, async () => {
    const unknown: Question[] = [
      { fileByFilename: "no/such.proto" },
      { fileByFilename: "cosi/resource/state" },
      { fileContainingSymbol: "no.such.Symbol" },
      { fileContainingSymbol: "cosi.resource.State.Got" },
      { fileContainingSymbol: "cosi.resource" },
      { fileContainingSymbol: "" },
      { fileContainingSymbol: "." },
      { fileContainingExtension: { containingType: "a.B", extensionNumber: 7 } },
      { allExtensionNumbersOfType: "a.B" },
    ];
    const answers = (await ask(path, unknown)).map(shown);
    for (const answer of answers) {
      assert(Array.isArray(answer));
      assertEquals([answer[0], String(answer[1]).endsWith(" is not found")], [5, true]);
    }
    assertEquals((answers[7] as unknown[])[1], "extension 7 of a.B is not found");
    const [none, known] = await ask(path, [{}, { fileByFilename: STATE_FILES[0] }]);
    assertEquals([shown(none), shown(known)], [[3, "the request asks for nothing"], STATE_FILES]);
  });

  Deno.test(`${path} knows that no message of ours has extensions`, async () => {
    const type = "cosi.resource.GetRequest";
    const [answer] = await ask(path, [{ allExtensionNumbersOfType: type }]);
    assert(answer?.case === "allExtensionNumbersResponse");
    const { baseTypeName, extensionNumber } = answer.value;
    assertEquals([baseTypeName, extensionNumber], [type, []]);
  });
}

Deno.test("reflectionService() answers each request before the next comes", async () => {
  const exchange = FakeExchange.ask(apiFixture().api.exchange, { path: pathOf(INFO) });
  const messageRequest = { case: "listServices", value: "" } as const;
  for (const count of [1, 2]) {
    exchange.send(requestFrame(INFO.input, { messageRequest }));
    await exchange.until(() => exchange.written.length === count);
  }
  assertEquals(exchange.closed, false);
  exchange.sendEnd();
  await exchange.over();
  assertEquals(codeOf(exchange), "OK");
});

Deno.test("reflectionService() gives files of which a client makes the same descriptors", async () => {
  for (const service of SERVICES) {
    const [answer] = await ask(pathOf(INFO), [{ fileContainingSymbol: service.typeName }]);
    assert(answer?.case === "fileDescriptorResponse");
    const file = answer.value.fileDescriptorProto.map((bytes) =>
      fromBinary(FileDescriptorProtoSchema, bytes)
    );
    // Imports come first in a set.
    const set = create(FileDescriptorSetSchema, { file: file.reverse() });
    const made = createFileRegistry(set).getService(service.typeName);
    const names = service.methods.map(({ name }) => name);
    assertEquals(made?.methods.map(({ name }) => name), names);
  }
});

/** grpc.reflection: what is served, and the descriptors of it, so that clients need no files. */
import { Code, type ServiceImpl } from "@connectrpc/connect";
import {
  createRegistry,
  type DescEnum,
  type DescFile,
  type DescService,
  type MessageInitShape,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { ServerReflection as ReflectionDescriptor } from "../../proto/gen/grpc/reflection/v1/reflection_pb.ts";
import type {
  ServerReflectionRequest,
  ServerReflectionResponseSchema,
} from "../../proto/gen/grpc/reflection/v1/reflection_pb.ts";

type Response = MessageInitShape<typeof ServerReflectionResponseSchema>;
type Answer = NonNullable<Response["messageResponse"]>;

/** Makes the methods. Both versions of the service have the same messages under two names. */
export function reflectionService(
  services: readonly DescService[],
): ServiceImpl<typeof ReflectionDescriptor> {
  const files = withImports(services.map(({ file }) => file));
  const registry = createRegistry(...files);
  return {
    async *serverReflectionInfo(requests) {
      for await (const request of requests) {
        yield {
          validHost: request.host,
          originalRequest: request,
          messageResponse: answerTo(request, { services, registry, files }),
        };
      }
    },
  };
}

interface Known {
  readonly services: readonly DescService[];
  readonly registry: Registry;
  readonly files: ReadonlySet<DescFile>;
}

function answerTo({ messageRequest }: ServerReflectionRequest, known: Known): Answer {
  const { services, registry, files } = known;
  switch (messageRequest.case) {
    case "listServices": {
      const names = services.map(({ typeName }) => typeName).sort();
      return {
        case: "listServicesResponse",
        value: { service: names.map((name) => ({ name })) },
      };
    }
    case "fileByFilename": {
      const name = messageRequest.value;
      return fileAnswer([...files].find(({ proto }) => proto.name === name), name);
    }
    case "fileContainingSymbol":
      return fileAnswer(fileOf(messageRequest.value, registry), messageRequest.value);
    case "allExtensionNumbersOfType":
      if (registry.getMessage(messageRequest.value) === undefined) {
        return notFound(messageRequest.value);
      }
      return {
        case: "allExtensionNumbersResponse",
        value: { baseTypeName: messageRequest.value, extensionNumber: [] },
      };
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = messageRequest.value;
      return notFound(`extension ${extensionNumber} of ${containingType}`);
    }
    default:
      return failure(Code.InvalidArgument, "the request asks for nothing");
  }
}

/** The file that declares a symbol: a service, method, message, field, enum or value of an enum. */
function fileOf(symbol: string, registry: Registry): DescFile | undefined {
  const found = registry.get(symbol);
  if (found !== undefined) return found.file;
  const parent = registry.get(symbol.slice(0, Math.max(symbol.lastIndexOf("."), 0)));
  const name = symbol.slice(symbol.lastIndexOf(".") + 1);
  if (parent?.kind === "service" && parent.methods.some((method) => method.name === name)) {
    return parent.file;
  }
  if (parent?.kind === "message" && parent.fields.some((field) => field.name === name)) {
    return parent.file;
  }
  return enumOf(symbol, registry)?.file;
}

/** The enum that has a value of this name: values stand beside their enum, not within it. */
function enumOf(symbol: string, registry: Registry): DescEnum | undefined {
  for (const type of registry) {
    if (type.kind !== "enum") continue;
    const scope = type.typeName.slice(0, type.typeName.lastIndexOf(".") + 1);
    if (type.values.some(({ name }) => scope + name === symbol)) return type;
  }
  return undefined;
}

/** The file and all it imports, each once. */
function fileAnswer(file: DescFile | undefined, asked: string): Answer {
  if (file === undefined) return notFound(asked);
  const protos = [...withImports([file])].map(({ proto }) => proto);
  return {
    case: "fileDescriptorResponse",
    value: {
      fileDescriptorProto: protos.map((proto) => toBinary(FileDescriptorProtoSchema, proto)),
    },
  };
}

function withImports(files: readonly DescFile[]): ReadonlySet<DescFile> {
  const all = new Set(files);
  for (const one of all) for (const imported of one.dependencies) all.add(imported);
  return all;
}

function notFound(asked: string): Answer {
  return failure(Code.NotFound, `${asked.slice(0, 256)} is not found`);
}

function failure(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}

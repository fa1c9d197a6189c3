/** What the process is told that serves the machine's API to the network. Declarations only. */
import {
  ApiCertificateSpecSchema,
  ApiListenerSpecSchema,
} from "../../proto/gen/strata/apid/v1/apid_pb.ts";
import { defineResource } from "../core/definition.ts";

/** The one resource of each kind that is looked at. */
export const API_ID = "api";

/** Wanted: the machine's certificate and the authorities of its callers. */
export const apiCertificate = defineResource({
  descriptor: ApiCertificateSpecSchema,
  type: "ApiCertificates.runtime.strata",
  namespace: "runtime",
  sensitivity: "sensitive",
});

/** Wanted: listeners, and the token of callers in clear. */
export const apiListener = defineResource({
  descriptor: ApiListenerSpecSchema,
  type: "ApiListeners.runtime.strata",
  namespace: "runtime",
  sensitivity: "sensitive",
  printColumns: [
    { name: "TLS", jsonPath: "{.tlsAddress}" },
    { name: "HTTP", jsonPath: "{.httpAddress}" },
  ],
});

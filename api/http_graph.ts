/** The graph over HTTP: controllers and kinds, why a resource is as it is, and numbers for Prometheus. */
import { create, toJson } from "@bufbuild/protobuf";
import { GraphResponseSchema, WhyResponseSchema } from "../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { MetricFamily } from "./graph_port.ts";
import { whyOf } from "./graph_service.ts";
import type { HttpHandler, HttpParts } from "./http_parts.ts";
import { jsonResponse } from "./http_read.ts";
import { WHY_PATH } from "./http_target.ts";
import { METRICS_TEXT, metricsText } from "./metrics_text.ts";

/** Every field, so that who reads it knows nothing of defaults. */
const WHOLE = { alwaysEmitImplicit: true };

/** `GET /api/v1/graph`: GraphResponse as JSON. */
export function getGraph({ graph }: HttpParts): HttpHandler {
  return ({ caller }) => {
    const answer = create(GraphResponseSchema, graph(caller.identity).graph());
    return jsonResponse(toJson(GraphResponseSchema, answer, WHOLE));
  };
}

/** `GET /api/v1/why/NAMESPACE/TYPE/ID`: WhyResponse as JSON. */
export function getWhy({ graph, targets }: HttpParts): HttpHandler {
  return ({ url, caller }) => {
    const pointer = targets.pointerOf(url, WHY_PATH);
    const answer = create(WhyResponseSchema, whyOf(graph(caller.identity), pointer));
    return jsonResponse(toJson(WhyResponseSchema, answer, WHOLE));
  };
}

/** `GET /metrics`: the text format of Prometheus. */
export function getMetrics({ graph, watches }: HttpParts): HttpHandler {
  return ({ caller }) => {
    const open: MetricFamily = {
      name: "strata_watches",
      help: "Watches of callers that are open.",
      type: "gauge",
      samples: [{ labels: {}, value: watches.open }],
    };
    return new Response(metricsText([...graph(caller.identity).metrics(), open]), {
      headers: { "content-type": METRICS_TEXT },
    });
  };
}

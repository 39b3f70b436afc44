import type { Package } from './proto';

/** What go-plugin, through which Terraform starts a provider, calls beside the provider's own service. */
export const goPlugin: Package = {
  messages: {
    Empty: {},
    StdioData: { fields: { channel: 'int32 1', data: 'bytes 2' } },
    ConnInfo: { fields: { service_id: 'uint32 1', network: 'string 2', address: 'string 3' } },
  },
  services: {
    GRPCController: { Shutdown: 'Empty -> Empty' },
    GRPCStdio: { StreamStdio: 'Empty -> stream StdioData' },
    GRPCBroker: { StartStream: 'stream ConnInfo -> stream ConnInfo' },
  },
};

/** gRPC's own protocol of health checks. */
export const grpcHealth: Package = {
  messages: {
    HealthCheckRequest: { fields: { service: 'string 1' } },
    HealthCheckResponse: { fields: { status: 'int32 1' } },
  },
  services: { Health: { Check: 'HealthCheckRequest -> HealthCheckResponse' } },
};

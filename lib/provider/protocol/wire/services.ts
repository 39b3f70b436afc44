import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import type { INamespace } from 'protobufjs';
import { goPlugin, grpcHealth } from './go-plugin';
import { jsonDescriptor } from './proto';
import { tfplugin6 } from './tfplugin6';

const definitions = fromJSON(
  jsonDescriptor({ tfplugin6, plugin: goPlugin, 'grpc.health.v1': grpcHealth }) as INamespace,
  {
    keepCase: true,
    longs: Number,
    defaults: true,
  },
);

/** The definition of a service by its full name, such as `tfplugin6.Provider`. */
export function serviceDefinition(name: string): ServiceDefinition {
  return definitions[name] as ServiceDefinition;
}

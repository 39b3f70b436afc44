import type {
  sendUnaryData,
  Server,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
} from '@grpc/grpc-js';
import type { LifeCycle } from './life-cycle';
import { serviceDefinition } from './wire/services';

/** `HealthCheckResponse.ServingStatus`. */
const SERVING = 1;

/** What go-plugin calls beside the provider's own service. */
export class PluginServices {
  /** The calls that stay open for the life of the provider. */
  readonly #open = new Set<{ end(): void }>();

  /** Adds them to a server. */
  add(server: Server, life: LifeCycle): void {
    server.addService(serviceDefinition('plugin.GRPCController'), {
      Shutdown: (_call: Unary, answer: sendUnaryData<object>) => {
        answer(null, {});
        life.end('Terraform is done');
      },
    });
    // Nothing is ever written to it: what the provider says goes to standard error, which Terraform reads itself.
    server.addService(serviceDefinition('plugin.GRPCStdio'), {
      StreamStdio: (call: ServerWritableStream<object, object>) => this.#keepOpen(call),
    });
    // Terraform opens it for connections back to itself, which no provider asks for.
    server.addService(serviceDefinition('plugin.GRPCBroker'), {
      StartStream: (call: ServerDuplexStream<object, object>) => {
        this.#keepOpen(call);
        call.on('data', () => undefined);
        call.on('end', () => call.end());
      },
    });
    server.addService(serviceDefinition('grpc.health.v1.Health'), {
      Check: (_call: Unary, answer: sendUnaryData<object>) => answer(null, { status: SERVING }),
    });
  }

  /** Ends the calls that are open. */
  close(): void {
    for (const call of this.#open) call.end();
  }

  #keepOpen(call: Call): void {
    this.#open.add(call);
    call.on('error', () => undefined);
    call.on('cancelled', () => this.#open.delete(call));
    call.on('close', () => this.#open.delete(call));
  }
}

type Unary = ServerUnaryCall<object, object>;
type Call = ServerWritableStream<object, object> | ServerDuplexStream<object, object>;

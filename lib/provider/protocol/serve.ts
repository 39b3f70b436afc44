import { writeSync } from 'node:fs';
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { newIdentity } from './certificate';
import { Configured } from './configured';
import { diagnosticMessages, diagnosticOf } from './diagnostics';
import { handshakeLine, readInvitation } from './handshake';
import { handleSignals, LifeCycle, watchParent } from './life-cycle';
import type { Listener } from './listener';
import { listen } from './listener';
import { log, logError } from './log';
import { PluginServices } from './plugin-services';
import type { ProviderDefinition } from './provider';
import { dataSourceCalls, providerCalls } from './provider-calls';
import type { Calls, Request } from './requests';
import { resourceCalls } from './resource-calls';
import { UserError } from '../../model/user-error';
import { serviceDefinition } from './wire/services';

/** Milliseconds that a client that is gone may take to come back. */
const WITHOUT_CLIENT = 3000;
/** Milliseconds that the last answers and the closing of what is held open may take; Terraform kills a provider 2 s after it asked it to end (go-plugin, `Client.Kill`). */
const LAST_WORDS = 1500;

/** Serves a provider to the Terraform or OpenTofu that started this process, to its end. */
export async function serve<Configuration>(definition: ProviderDefinition<Configuration>): Promise<void> {
  const invitation = readInvitation(process.env);
  if ('refusal' in invitation) {
    process.stderr.write(`terraform-provider-regraft: ${invitation.refusal}\n`);
    process.exitCode = 1;
    return;
  }
  keepStandardOutputFree();

  const server = new Server({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    // Nobody asks for its counts of calls.
    'grpc.enable_channelz': 0,
  });
  const configured = new Configured(definition);
  const plugin = new PluginServices();
  let listener: Listener | undefined = undefined;
  const life = new LifeCycle({
    // At once, as Terraform may kill the provider before what is under way has ended.
    begin: () => listener?.close(),
    finish: async () => {
      plugin.close();
      await Promise.race([Promise.all([configured.close(), lastAnswers(server)]), passed(LAST_WORDS)]);
    },
  });
  handleSignals(life);
  watchParent(life);
  addCalls(server, {
    ...providerCalls(definition, configured, life),
    ...resourceCalls(definition.resources, configured, life),
    ...dataSourceCalls(definition, configured),
  });
  plugin.add(server, life);

  // The TLS is ours, so that who connects and who leaves is known; grpc-js would tell neither.
  const connections = server.createConnectionInjector(ServerCredentials.createInsecure());
  const identity = newIdentity();
  listener = await listen(identity, invitation.clientCertificate, {
    opened: (socket) => connections.injectConnection(socket),
    lastClosed: () => {
      setTimeout(() => {
        if (listener?.connections() === 0) life.end('Terraform has left');
      }, WITHOUT_CLIENT);
    },
  });
  writeSync(1, `${handshakeLine(listener.path, identity.der)}\n`);
}

/** Terraform reads the handshake from it, and nothing else may be there. */
function keepStandardOutputFree(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr);
}

function addCalls(server: Server, calls: Calls): void {
  const handlers = Object.entries(calls).map(([name, act]) => [
    name,
    (call: ServerUnaryCall<Request, object>, answer: sendUnaryData<object>) => {
      void answered(act, call.request).then((response) => answer(null, response));
    },
  ]);
  server.addService(serviceDefinition('tfplugin6.Provider'), Object.fromEntries(handlers));
}

async function answered(act: Calls[string], request: Request): Promise<object> {
  try {
    return await act(request);
  } catch (error) {
    if (!(error instanceof UserError)) logError(error);
    return { diagnostics: diagnosticMessages([diagnosticOf(error)]) };
  }
}

function lastAnswers(server: Server): Promise<void> {
  return new Promise((done) => {
    server.tryShutdown((error) => {
      if (error) log('WARN', error.message);
      done();
    });
  });
}

function passed(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

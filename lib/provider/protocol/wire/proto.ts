/** A message: its fields as `TYPE NUMBER`, `repeated TYPE NUMBER` or `map TYPE NUMBER` (keys are text), and the messages in it. */
export interface Message {
  readonly fields?: Readonly<Record<string, string>>;
  readonly nested?: Readonly<Record<string, Message>>;
}

/** A service: its calls as `REQUEST -> RESPONSE`, with `stream ` in front of what is a stream. */
export type Service = Readonly<Record<string, string>>;

/** A package of a protocol. */
export interface Package {
  readonly messages: Readonly<Record<string, Message>>;
  readonly services: Readonly<Record<string, Service>>;
}

/** Packages by their dotted names as the JSON descriptor of protobuf.js (its `INamespace`). */
export function jsonDescriptor(packages: Readonly<Record<string, Package>>): Namespace {
  const root: Namespace = { nested: {} };
  for (const [name, { messages, services }] of Object.entries(packages)) {
    const place = name
      .split('.')
      .reduce((parent, part) => (parent.nested[part] ??= { nested: {} }) as Namespace, root);
    for (const [message, content] of Object.entries(messages)) place.nested[message] = type(content);
    for (const [service, calls] of Object.entries(services)) {
      place.nested[service] = { methods: mapped(calls, method) };
    }
  }
  return root;
}

/** A package, or the root of all. */
export interface Namespace {
  readonly nested: Record<string, object>;
}

function type({ fields = {}, nested = {} }: Message): object {
  return { fields: mapped(fields, field), nested: mapped(nested, type) };
}

function field(text: string): object {
  const words = text.split(' ');
  const id = Number(words.pop());
  const name = words.pop();
  if (words[0] === 'map') return { keyType: 'string', type: name, id };
  return { type: name, id, ...(words[0] === 'repeated' ? { rule: 'repeated' } : {}) };
}

function method(text: string): object {
  const [request = '', response = ''] = text.split(' -> ');
  const streamed = (part: string) => part.startsWith('stream ');
  return {
    requestType: request.replace('stream ', ''),
    responseType: response.replace('stream ', ''),
    ...(streamed(request) ? { requestStream: true } : {}),
    ...(streamed(response) ? { responseStream: true } : {}),
  };
}

function mapped<From, To>(
  record: Readonly<Record<string, From>>,
  to: (from: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, one]) => [name, to(one)]));
}

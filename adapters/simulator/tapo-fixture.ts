import type { CompleteFixture } from '../tapo/fixture.ts';

type Reply = { error_code: number; result?: object };
type Params = Record<string, unknown>;
type Results = Map<string, Params>;

/** Methods that the plug does not have, and parameters that it does not understand. */
const PARAMETERS_WRONG = -1008;
const NOT_JSON = -1003;
/** Outlets in one answer of a strip's list. */
const PAGE_SIZE = 10;

/** The methods of the very device that a fixture describes: reads are answered from it, `set_…` changes what they find. */
export class FixtureMethods {
  /** Names of the methods that were asked, each also within a batch or for an outlet, oldest first. */
  readonly asked: string[] = [];
  readonly #device: Results;
  readonly #errors: Map<string, number>;
  readonly #children: { results: Results; errors: Map<string, number>; info: Params }[];
  readonly #childComponents: object[];
  readonly #pageSize: number;

  constructor(fixture: CompleteFixture, options: { pageSize?: number } = {}) {
    const { components, methods, errors, children } = structuredClone(fixture);
    this.#pageSize = options.pageSize ?? PAGE_SIZE;
    this.#device = new Map(
      Object.entries({ component_nego: { component_list: componentList(components) }, ...methods }),
    );
    this.#errors = new Map(Object.entries(errors ?? {}));
    this.#children = children.map((child) => {
      const info = { ...children[0]?.info, ...child.info };
      return {
        info,
        results: new Map(Object.entries({ get_device_info: info, ...child.methods })),
        errors: new Map(Object.entries(child.errors ?? {})),
      };
    });
    this.#childComponents = children.map(({ info, components: own = children[0]?.components ?? {} }) => ({
      device_id: info.device_id,
      component_list: componentList(own),
    }));
  }

  /** Answers one request's JSON text with JSON text. */
  answer(text: string): string {
    let reply: Reply;
    try {
      reply = this.#request(JSON.parse(text), (method, params) => this.#deviceReply(method, params));
    } catch {
      reply = { error_code: NOT_JSON };
    }
    return JSON.stringify(reply);
  }

  #request(request: { method: string; params?: Params }, single: (method: string, params: Params) => Reply): Reply {
    const { method, params = {} } = request;
    if (method !== 'multipleRequest') {
      this.asked.push(method);
      return single(method, params);
    }
    const responses: object[] = [];
    for (const inner of params.requests as { method: string; params?: Params }[]) {
      const reply = this.#request(inner, single);
      responses.push({ method: inner.method, ...reply });
      // Devices do not come to what is behind an error.
      if (reply.error_code !== 0) break;
    }
    return { error_code: 0, result: { responses } };
  }

  #deviceReply(method: string, params: Params): Reply {
    if (this.#children.length > 0) {
      if (method === 'control_child') return this.#controlChild(params);
      if (method === 'get_child_device_list')
        return this.#page(
          'child_device_list',
          this.#children.map(({ info }) => info),
          params,
        );
      if (method === 'get_child_device_component_list')
        return this.#page('child_component_list', this.#childComponents, params);
    }
    return answerFrom(this.#device, this.#errors, method, params);
  }

  #controlChild({ device_id: id, requestData }: Params): Reply {
    const child = this.#children.find(({ info }) => info.device_id === id);
    if (!child) return { error_code: PARAMETERS_WRONG };
    const responseData = this.#request(requestData as { method: string }, (method, params) =>
      answerFrom(child.results, child.errors, method, params),
    );
    return { error_code: 0, result: { responseData } };
  }

  #page(name: string, items: object[], params: Params): Reply {
    const start = Number(params.start_index ?? 0);
    const page = items.slice(start, start + this.#pageSize);
    return { error_code: 0, result: { [name]: page, start_index: start, sum: items.length } };
  }
}

function componentList(components: Record<string, number>): object[] {
  return Object.entries(components).map(([id, version]) => ({ id, ver_code: version }));
}

function answerFrom(results: Results, errors: Map<string, number>, method: string, params: Params): Reply {
  const set = /^set_(.*)$/.exec(method);
  if (set) {
    const target = results.get(`get_${set[1]}`);
    if (!target) return { error_code: PARAMETERS_WRONG };
    Object.assign(target, params);
    return { error_code: 0 };
  }
  const result = results.get(method);
  return result ? { error_code: 0, result } : { error_code: errors.get(method) ?? PARAMETERS_WRONG };
}

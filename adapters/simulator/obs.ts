import { createHash, randomBytes } from 'node:crypto';
import { type WebSocket, WebSocketServer } from 'ws';

/** `b64(sha256(b64(sha256(password + salt)) + challenge))`, obs-websocket 5. */
export function obsAuthentication(password: string, salt: string, challenge: string): string {
  const sha = (text: string) => createHash('sha256').update(text).digest('base64');
  return sha(sha(password + salt) + challenge);
}

interface Client {
  socket: WebSocket;
  subscriptions: number;
}

const GENERAL = 1;
const OUTPUTS = 64;

/** An OBS as its WebSocket shows it (obs-websocket 5, JSON): streams and records when told to, fails when told to. */
export class SimulatedObs {
  readonly password: string | null;
  stream = { active: false, reconnecting: false, bytes: 0, totalFrames: 0, skippedFrames: 0 };
  recording = false;
  /** The host is gone: connections stay, nothing is answered. */
  frozen = false;
  /** How many clients have proved who they are since the start. */
  identified = 0;
  #server: WebSocketServer | null = null;
  #port = 0;
  readonly #clients = new Set<Client>();

  constructor(password: string | null = null) {
    this.password = password;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** Listens on loopback: on a free port first, then on the same again. */
  async start(): Promise<void> {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: this.#port,
      handleProtocols: (offered) => (offered.has('obswebsocket.json') ? 'obswebsocket.json' : false),
    });
    server.on('connection', (socket) => this.#welcome(socket));
    await new Promise<void>((resolve, reject) => server.once('listening', resolve).once('error', reject));
    this.#port = (server.address() as { port: number }).port;
    this.#server = server;
  }

  /** OBS is gone without a word, as when it crashes. */
  async stop(): Promise<void> {
    for (const { socket } of this.#clients) socket.terminate();
    this.#clients.clear();
    const server = this.#server;
    this.#server = null;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** A person closes OBS. */
  async exit(): Promise<void> {
    this.#event('ExitStarted', GENERAL, {});
    for (const { socket } of this.#clients) socket.close(1001, 'Server stopping.');
    await this.stop();
  }

  kick(): void {
    for (const { socket } of this.#clients) socket.close(4011, 'You have been kicked.');
  }

  startStream(): void {
    this.#streamState('STARTING', false);
    this.stream = { active: true, reconnecting: false, bytes: 0, totalFrames: 0, skippedFrames: 0 };
    this.#streamState('STARTED', true);
  }

  /** The first half of a stop: the last seconds are still being sent. */
  stopping(): void {
    this.stream.active = false;
    this.#streamState('STOPPING', false);
  }

  stopped(): void {
    this.stream.active = false;
    this.stream.reconnecting = false;
    this.#streamState('STOPPED', false);
  }

  /** @param silent as versions that send no event for it */
  reconnecting(silent = false): void {
    this.stream.reconnecting = true;
    if (!silent) this.#streamState('RECONNECTING', false);
  }

  record(on: boolean): void {
    this.recording = on;
    const outputState = `OBS_WEBSOCKET_OUTPUT_${on ? 'STARTED' : 'STOPPED'}`;
    this.#event('RecordStateChanged', OUTPUTS, { outputActive: on, outputState, outputPath: null });
  }

  #streamState(state: string, outputActive: boolean): void {
    this.#event('StreamStateChanged', OUTPUTS, { outputActive, outputState: `OBS_WEBSOCKET_OUTPUT_${state}` });
  }

  #event(eventType: string, eventIntent: number, eventData: object): void {
    if (this.frozen) return;
    for (const { socket, subscriptions } of this.#clients)
      if (subscriptions & eventIntent) send(socket, 5, { eventType, eventIntent, eventData });
  }

  #welcome(socket: WebSocket): void {
    const [salt, challenge] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    let client: Client | null = null;
    socket.on('error', () => {});
    socket.on('close', () => {
      if (client) this.#clients.delete(client);
    });
    socket.on('message', (raw) => {
      if (this.frozen) return;
      const { op, d } = JSON.parse(raw.toString());
      if (op === 1) {
        if (this.password !== null && d.authentication !== obsAuthentication(this.password, salt, challenge)) {
          socket.close(4009, 'Authentication failed.');
          return;
        }
        client = { socket, subscriptions: d.eventSubscriptions ?? 2047 };
        this.#clients.add(client);
        this.identified += 1;
        send(socket, 2, { negotiatedRpcVersion: 1 });
      } else if (op === 6 && client) this.#answer(socket, d);
    });
    if (this.frozen) return;
    send(socket, 0, {
      obsStudioVersion: '30.2.2',
      obsWebSocketVersion: '5.5.2',
      rpcVersion: 1,
      ...(this.password !== null && { authentication: { challenge, salt } }),
    });
  }

  #answer(socket: WebSocket, { requestType, requestId }: { requestType: string; requestId: string }): void {
    const { active, reconnecting, bytes, totalFrames, skippedFrames } = this.stream;
    const answers: Record<string, object> = {
      GetStreamStatus: {
        outputActive: active,
        outputReconnecting: reconnecting,
        outputTimecode: '00:00:00.000',
        outputDuration: 0,
        outputCongestion: 0,
        outputBytes: bytes,
        outputSkippedFrames: skippedFrames,
        outputTotalFrames: totalFrames,
      },
      GetRecordStatus: { outputActive: this.recording, outputPaused: false, outputBytes: 0, outputDuration: 0 },
    };
    const responseData = answers[requestType];
    const requestStatus = responseData
      ? { result: true, code: 100 }
      : { result: false, code: 204, comment: 'Your request type is not valid.' };
    send(socket, 7, { requestType, requestId, requestStatus, responseData });
  }
}

function send(socket: WebSocket, op: number, d: object): void {
  socket.send(JSON.stringify({ op, d }));
}

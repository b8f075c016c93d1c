// A proxy of CONNECT alone, on loopback: refuses every tunnel with a status, or leads those of a
// name that nobody else knows to where a test says.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

import { close, listen } from './server.mjs';

export class ConnectProxy {
  constructor() {
    this.refuses = 0;     // the status of every answer; 0: it tunnels
    this.ports = {};      // by host: where it really is, on loopback
    this.asked = [];      // "host:port"
  }

  get place() { return `127.0.0.1:${this.server.address().port}`; }

  get url() { return `http://${this.place}`; }

  async start() {
    this.server = http.createServer((request, response) => response.writeHead(405).end());
    this.server.on('connect', (request, socket, head) => this.connect(request, socket, head));
    this.server.on('clientError', () => {});
    await listen(this.server);
  }

  async stop() { if (this.server.listening) await close(this.server); }

  async connect(request, socket, head) {
    socket.on('error', () => {});
    this.asked.push(request.url);
    if (this.refuses) { socket.end(`HTTP/1.1 ${this.refuses} No\r\ncontent-length: 0\r\n\r\n`); return; }
    const [host, port] = request.url.split(':');
    const far = net.connect(this.ports[host] ?? Number(port), '127.0.0.1');
    far.on('error', () => socket.destroy());
    socket.on('close', () => far.destroy());
    await once(far, 'connect');
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    far.write(head);
    far.pipe(socket).pipe(far);
  }
}

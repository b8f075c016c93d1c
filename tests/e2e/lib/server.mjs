// A server of node whose end is the end of all its connections. closeAllConnections() knows only
// those that have become HTTP: one that is in its TLS handshake at that moment is kept, is used for
// requests afterwards, and close() waits for it.
import { once } from 'node:events';

const sockets = new WeakMap();

export async function listen(server, port = 0) {
  const open = new Set();
  sockets.set(server, open);
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

export function endConnections(server) {
  for (const socket of sockets.get(server)) socket.destroy();
}

export async function close(server) {
  const closed = once(server, 'close');
  server.close();
  endConnections(server);
  await closed;
}

#!/bin/sh
# The offair command. What root asks for is done as the user offair: files of root in its folders would stop the service.
export STATE_DIRECTORY="${STATE_DIRECTORY:-/var/lib/offair}"
set -- /usr/lib/offair/bin/node /usr/lib/offair/daemon/offair.ts "$@"
if [ "$(id -u)" = 0 ]; then
  cd /
  exec setpriv --reuid=offair --regid=offair --init-groups "$@"
fi
exec "$@"

#!/bin/sh
# Requests per second through the ingress, through nginx with the same route, and without a proxy:
# scripts/bench/ingress.sh PROXY [SECONDS] [ROUNDS]
#
# One nginx is the service behind both proxies. Every proxy has one thread, and so has the load. They take turns, and the middle round of
# each counts, because a shared machine is not equally fast all the time.
set -eu
proxy=$1
seconds=${2:-5}
rounds=${3:-5}
host=measured.dev.localhost
connections=32

for program in nginx wrk; do
    if ! PATH=$PATH:/usr/sbin command -v "$program" >/dev/null; then
        echo "$program is not here: not measured (see \`make setup\`)"
        exit 0
    fi
done
PATH=$PATH:/usr/sbin

scratch=$(mktemp -d)
chmod 755 "$scratch"
pids=
trap 'kill $pids 2>/dev/null || true; wait; rm -rf "$scratch"' EXIT

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_nginx NAME: one worker with the servers that standard input describes
start_nginx() {
    {
        cat <<END
worker_processes 1;
daemon off;
pid $scratch/$1.pid;
error_log $scratch/$1.log;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path $scratch;
    proxy_temp_path $scratch;
    fastcgi_temp_path $scratch;
    uwsgi_temp_path $scratch;
    scgi_temp_path $scratch;
END
        cat
        echo '}'
    } >"$scratch/$1.conf"
    nginx -c "$scratch/$1.conf" 2>>"$scratch/$1.log" &
    pids="$pids $!"
}

wait_for() {
    for _ in $(seq 50); do
        if [ "$(curl -s -o /dev/null -w '%{http_code}' -H "Host: $host" "http://127.0.0.1:$1/")" = 200 ]; then return 0; fi
        sleep 0.1
    done
    echo "error: nothing answers on port $1" >&2
    cat "$scratch"/*.log >&2
    exit 1
}

service_port=$(free_port)
nginx_port=$(free_port)
ingress_port=$(free_port)
body=$(head -c 1024 /dev/zero | tr '\0' x)

start_nginx service <<END
    server { listen 127.0.0.1:$service_port; location / { return 200 "$body"; } }
END
start_nginx proxy <<END
    upstream service { server 127.0.0.1:$service_port; keepalive 128; keepalive_requests 1000000000; }
    server {
        listen 127.0.0.1:$nginx_port;
        server_name $host;
        location / {
            proxy_pass http://service;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host \$host;
            proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto \$scheme;
        }
    }
END
"$proxy" "127.0.0.1:$ingress_port" "$host" "127.0.0.1:$service_port" >"$scratch/ingress.log" 2>&1 &
pids="$pids $!"
for port in $service_port $nginx_port $ingress_port; do wait_for "$port"; done

# rate PORT: requests per second and the slowest of 99 % in milliseconds; what failed is an error
rate() {
    wrk -t1 -c"$connections" -d"${seconds}s" --latency -H "Host: $host" "http://127.0.0.1:$1/" >"$scratch/wrk"
    if grep -qE 'Socket errors|Non-2xx' "$scratch/wrk"; then
        echo "error: requests failed on port $1" >&2
        cat "$scratch/wrk" >&2
        exit 1
    fi
    awk '/Requests\/sec/ { rate = $2 } $1 == "99%" { slow = $2 } END { print rate, slow }' "$scratch/wrk"
}

for _ in $(seq "$rounds"); do
    for way in direct:$service_port nginx:$nginx_port ingress:$ingress_port; do
        rate "${way#*:}" >>"$scratch/${way%:*}"
    done
done

middle() {
    sort -n "$scratch/$1" | sed -n "$(((rounds + 1) / 2))p"
}

echo "$connections connections, 1 KB answers, $rounds rounds of $seconds s, middle round of each"
echo
echo '| | requests/s | 99 % within |'
echo '|---|---:|---:|'
for way in direct nginx ingress; do
    middle "$way" | awk -v way="$way" '{ printf "| %s | %.0f | %s |\n", way, $1, $2 }'
done
echo
awk -v direct="$(middle direct | cut -d ' ' -f 1)" -v nginx="$(middle nginx | cut -d ' ' -f 1)" -v ingress="$(middle ingress | cut -d ' ' -f 1)" \
    'BEGIN { printf "ingress / nginx %.2f, ingress / direct %.2f, nginx / direct %.2f\n", ingress / nginx, ingress / direct, nginx / direct }'

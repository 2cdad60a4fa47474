# Of examples/start: a private RabbitMQ, and the bridge, which is started again
# whenever it ends, as systemd would do it.

needs rabbitmq-server "rabbitmq-server python3-pika python3-redis"

export HOME=$run
export ERL_EPMD_PORT=${ports[3]} ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_NODENAME=chat@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
export RABBITMQ_NODE_PORT=${ports[1]} RABBITMQ_DIST_PORT=${ports[2]}
export RABBITMQ_MNESIA_BASE=$run/mnesia RABBITMQ_LOG_BASE=$run
export RABBITMQ_CONF_ENV_FILE=/dev/null
export RABBITMQ_ENABLED_PLUGINS_FILE=$run/plugins
export REDIS_URL=unix://$run/redis.sock
export AMQP_URL=amqp://guest:guest@127.0.0.1:${ports[1]}/

mkdir "$run/mnesia"
echo '[].' > "$run/plugins"

# or RabbitMQ would start one that stays
epmd -port "${ports[3]}" -address 127.0.0.1 > "$run/epmd.log" 2>&1 &
pids+=($!)
wait_for epmd listens "${ports[3]}"

/usr/lib/rabbitmq/bin/rabbitmq-server > "$run/rabbitmq.log" 2>&1 &
pids+=($!)
wait_for rabbitmq-server listens "${ports[1]}"

(
    bridge=

    trap '[ -z "$bridge" ] || kill "$bridge"; exit 0' TERM

    while true; do
        "$example/bridge.py" >> "$run/bridge.log" 2>&1 &
        bridge=$!
        echo "$bridge" > "$run/bridge.pid"
        wait "$bridge" || true
        sleep 0.2
    done
) &
pids+=($!)

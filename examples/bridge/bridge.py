#!/usr/bin/python3

# Copyright (C) the ngx_chat_module authors
#
# Licensed under the BSD 2-Clause License, see LICENSE.

"""Hands every message of every room to RabbitMQ, at least once.

The log of a room is a stream of Redis, PREFIX:{ROOM}:l. A consumer group on
each of them remembers how far this has come: a message is acknowledged there
when RabbitMQ has confirmed that it has it on disk. Whoever dies in between
finds it again, under the same name, at the next start; so a message may come
twice, with the same message_id. What goes wrong ends the program: let systemd
start it again (Restart=always).

REDIS_URL, AMQP_URL, CHAT_PREFIX, CHAT_QUEUE, BRIDGE_NAME: the environment.
"""

import base64
import json
import os
import signal
import sys
import time

import pika
import redis

GROUP = 'bridge'
EVENTS = {'E': 'edit', 'D': 'delete'}
BATCH = 100
LOOK = 1.0      # s, between two looks for new rooms
BLOCK = 500     # ms, at most, until a message is there

prefix = os.environ.get('CHAT_PREFIX', 'chat')
queue = os.environ.get('CHAT_QUEUE', 'chat')
name = os.environ.get('BRIDGE_NAME', 'bridge-1')


def fields(payload):
    """The payload of a record: 1, then fields of a tag, a length, bytes."""
    found = {}
    pos = 1

    if payload[:1] != b'\x01':
        raise ValueError('the record has another version')

    while pos < len(payload):
        end = pos + 5 + int.from_bytes(payload[pos + 1:pos + 5], 'big')
        found[payload[pos:pos + 1]] = payload[pos + 5:end]
        pos = end

    return found


def message(room, record):
    """What RabbitMQ gets, as members of the room see it."""
    header, payload = record.split(b'\n', 1)
    kind, seq, _, when, epoch = header.decode().split(' ')
    field = fields(payload)
    body = field.get(b'D', b'')

    event = {'ev': EVENTS.get(kind, 'message'), 'room': room, 'epoch': epoch, 'seq': int(seq),
             'time': int(when)}

    if b'U' in field:
        event['from'] = {'id': field[b'U'].decode(),
                         'name': field.get(b'N', b'').decode()}

    if b'I' in field:
        event['cid'] = field[b'I'].decode()

    if b'A' in field:
        event['re'] = int(field[b'A'])

    if b'J' in field:
        event['meta'] = json.loads(field[b'J'])

    if b'F' in field:
        event['ref'] = int(field[b'F'])

    if kind == 'D':
        if body:
            event['reason'] = body.decode()
    elif kind == 'B':
        event['base64'] = base64.b64encode(body).decode()
    elif b'X' in field:
        event['enc'] = field[b'X'].decode()
        event['data'] = body.decode()
    else:
        event['text'] = body.decode()

    return event


def streams(store, known):
    """The logs of all rooms, each with the group from its beginning on."""
    for key in store.scan_iter(f'{prefix}:{{*}}:l', 1000, 'stream'):
        if key in known:
            continue

        try:
            store.xgroup_create(key, GROUP, '0')
        except redis.ResponseError as error:
            if not str(error).startswith('BUSYGROUP'):
                raise

        # what was read and not acknowledged comes first
        known[key] = '0'


def hand_on(store, channel, key, entry, record):
    """One message: confirmed there, then acknowledged here."""
    if record:
        room = key.decode()[len(prefix) + 2:-len('}:l')]
        event = message(room, record[b'm1'])
        text = json.dumps(event, ensure_ascii=False).encode()
        properties = pika.BasicProperties(
            content_type='application/json', delivery_mode=2,
            message_id=f'{room}/{event["epoch"]}/{event["seq"]}')

        # raises if it is refused, or no queue takes it
        channel.basic_publish('', queue, text, properties, mandatory=True)
    else:
        print(f'bridge: {entry.decode()} of {key.decode()} left the log '
              'before it was handed on', file=sys.stderr)

    store.xack(key, GROUP, entry)


def turn(store, channel, known):
    """Reads once, and hands on what has come."""
    try:
        got = store.xreadgroup(GROUP, name, known, BATCH, BLOCK)
    except redis.ResponseError as error:
        if not str(error).startswith('NOGROUP'):
            raise

        # a room is forgotten; where it begins anew it is found anew
        known.clear()
        return

    for key, entries in got:
        # nothing is left of what was read before: new messages from now on
        if known[key] != '>':
            known[key] = entries[-1][0] if entries else '>'

        for entry, record in entries:
            hand_on(store, channel, key, entry, record)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    store = redis.Redis.from_url(os.environ.get('REDIS_URL',
                                                'redis://127.0.0.1/0'))
    server = pika.BlockingConnection(pika.URLParameters(os.environ.get(
        'AMQP_URL', 'amqp://guest:guest@127.0.0.1/')))
    channel = server.channel()
    channel.queue_declare(queue, durable=True)
    channel.confirm_delivery()

    known = {}
    looked = 0

    while True:
        if time.monotonic() - looked > LOOK:
            streams(store, known)
            looked = time.monotonic()

        if known:
            turn(store, channel, known)
        else:
            time.sleep(LOOK / 4)

        # heartbeats
        server.process_data_events(0)


if __name__ == '__main__':
    main()

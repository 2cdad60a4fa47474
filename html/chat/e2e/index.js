
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What a page imports to encrypt rooms from end to end. */

export { Broken } from './broken.js';
export { Codec } from './codec.js';
export { encrypt } from './encrypt.js';
export { numbers, PICTURES, pictures } from './fingerprint.js';
export { Keep } from './keep.js';
export { available, fingerprint, newSecret, passphraseKey, PASSPHRASE_LEAST,
         roomKey } from './keys.js';
export { readLink, withoutSecret, writeLink } from './link.js';
export { Ring } from './ring.js';
export { SCHEME } from './seal.js';

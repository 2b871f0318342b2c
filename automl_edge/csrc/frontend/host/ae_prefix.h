/* SPDX-License-Identifier: 0BSD */
/* Public names of the library that training calls. An exported library has its own. */
#ifndef AE_PREFIX_H
#define AE_PREFIX_H

#define AE_NAME(name) ae_##name

#endif

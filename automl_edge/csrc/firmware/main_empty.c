/* SPDX-License-Identifier: 0BSD */
/* The firmware without a model, which the one with it is compared with. */
int main(void);

int main(void) {
  for (;;) {
  }
}

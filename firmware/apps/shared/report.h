/* What every app says, and how it proves itself. */
#ifndef REPORT_H_
#define REPORT_H_

#include <stdint.h>

/* Exit codes of an app, besides 0. */
enum { SELF_TEST_FAILED = 3, NO_SOURCE = 4, NO_START = 5 };

void report_number(uint32_t number);

/* Runs the model on the golden input. Returns 0 where the output is TFLite Micro's, else SELF_TEST_FAILED; says which. */
int report_self_test(void);

/* Times parts of the program where the board has a timer that counts instructions; elsewhere nothing. */
uint32_t report_now(void);
void report_front_end(uint32_t since);
void report_model(uint32_t since);

/* Starts the timer. */
void report_start(void);

/* Says the most that one call of each part took, in ticks. */
void report_ticks(void);

#endif

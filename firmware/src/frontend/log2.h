/* log2(1 + x) = x + x (1 - x) p(x) for x from 0 to 1: p is the polynomial of degree 4 that keeps
 * the error least (2.3e-6 at most, a fortieth of a thousandth of a usual int8 step); exact at both ends. */
#ifndef TINYKD_FRONTEND_LOG2_H_
#define TINYKD_FRONTEND_LOG2_H_

#define TKD_LOG2_0 0.442544939
#define TKD_LOG2_1 (-0.275600260)
#define TKD_LOG2_2 0.181948685
#define TKD_LOG2_3 (-0.0959561726)
#define TKD_LOG2_4 0.0258413083

#endif /* TINYKD_FRONTEND_LOG2_H_ */

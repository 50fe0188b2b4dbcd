/** The table of a set's routines: each takes its arguments from JavaScript's numbers. */
#include "routines.h"
#include "kernels.h"

#define I(k) ((int)n[k])
#define F(k) ((float)n[k])
/** An address; 0 stands for nothing, as for a bias that is not there. */
#define P(k) (n[k] != 0 ? (void *)(memory + (size_t)n[k]) : NULL)
#define ROUTINE(name, ...)                          \
  static double name(char *memory, const double *n) { \
    (void)memory, (void)n;                          \
    __VA_ARGS__;                                    \
    return 0;                                       \
  }

ROUTINE(product, NAME(product)(I(0), I(1), P(2), I(3), I(4), I(5), P(6), I(7), I(8), P(9), I(10), I(11), P(12), P(13)))
ROUTINE(productScratch, return NAME(productScratch)())
// The transforms of filters keep what they need on the stack, so their scratch, n[2], is not used.
ROUTINE(winogradFilters, NAME(winogradFilters)(I(0), I(1), I(3), I(4), I(5), P(6), I(7), I(8), I(9), P(10)))
ROUTINE(winogradFilterGradient,
        NAME(winogradFilterGradient)(I(0), I(1), I(3), I(4), I(5), I(6), P(7), I(8), P(9)))
ROUTINE(winograd, NAME(winograd)(I(0), I(1), P(2), I(3), I(4), I(5), I(6), P(7), I(8), I(9), I(10), I(11), I(12), I(13), P(14),
                                 P(15), I(16), I(17), I(18), P(19), I(20), P(21), F(22)))
ROUTINE(winogradWeights, NAME(winogradWeights)(I(0), I(1), P(2), I(3), I(4), I(5), I(6), I(7), P(8), I(9), I(10), I(11), I(12),
                                               I(13), I(14), P(15), I(16), I(17), I(18), I(19), P(20)))
ROUTINE(winogradScratch, return NAME(winogradScratch)(I(0), I(1), I(2), I(3), I(4), I(5), I(6)))
ROUTINE(winogradPointBytes, return NAME(winogradPointBytes)(I(0), I(1), I(2)))
ROUTINE(direct, NAME(direct)(I(0), I(1), P(2), P(3), I(4), I(5), I(6), I(7), I(8), I(9), I(10), I(11), I(12), I(13), P(14),
                             I(15), P(16), P(17), I(18), I(19), I(20), I(21), P(22), I(23), I(24), I(25), I(26), F(27)))
ROUTINE(directWeights, NAME(directWeights)(I(0), I(1), P(2), I(3), I(4), P(5), I(6), I(7), I(8), I(9), I(10), I(11), I(12),
                                           I(13), I(14), I(15), P(16), I(17), I(18), I(19), I(20), I(21), P(22), I(23), P(24)))

const struct routine NAME(routines)[] = {
    {"product", 14, product},
    {"productScratch", 0, productScratch},
    {"winogradFilters", 11, winogradFilters},
    {"winogradFilterGradient", 10, winogradFilterGradient},
    {"winograd", 23, winograd},
    {"winogradWeights", 21, winogradWeights},
    {"winogradScratch", 7, winogradScratch},
    {"winogradPointBytes", 3, winogradPointBytes},
    {"direct", 28, direct},
    {"directWeights", 25, directWeights},
    {NULL, 0, NULL},
};

/* SPDX-License-Identifier: MIT
 *
 * What an answer about all requests holds; see rulecheck.h for what it says, regions.c for how it is found.
 */
#ifndef RCK_REGIONS_H
#define RCK_REGIONS_H

#include "cover.h"
#include "joint.h"

struct region {
    struct rck_region told;
    struct box box; /* in cover.rows */
    const uint8_t *hide; /* by slot; of cube_text(), or NULL */
};

struct rck_regions {
    struct rck_allocator mem;
    struct arena arena, scratch;
    struct joint joint;
    struct rck_request *witness; /* of the joint policy */
    struct cover cover;
    VEC(struct region) regions;
    const uint8_t *hide; /* of the regions that are made next */
    bool finished;
};

#endif

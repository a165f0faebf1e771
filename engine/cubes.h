/* SPDX-License-Identifier: MIT
 *
 * A region as few boxes.  A region comes as pieces, the remains of subtractions: many, and cut where nobody would cut.  Of each
 * piece a cube is made: column after column takes all classes with which it stays inside of the region, or reaches what no
 * request is in.  Such a cube cannot be larger.  Of the cubes those are taken that cover the most pieces that are not covered yet,
 * and at the end every cube goes that the others cover together.  So the cubes may overlap, and their union is exactly the region, as
 * far as there are requests.
 *
 *     pieces   role has owner: no, count 30..    role has owner: yes, count 30..    role has owner: no, count ..29
 *     cubes    role has owner: no                count 30..
 */
#ifndef RCK_CUBES_H
#define RCK_CUBES_H

#include "cover.h"

/* Appends to OUT cubes whose union is that of PIECES.  They lie in REGION, of which PIECES are a part; with COMPLETE only requests
 * count that give all that is not optional.  False if the limit on steps was reached. */
bool cubes_make(struct cover *cover, const struct boxes *pieces, const struct boxes *region, bool complete, struct boxes *out);

/* Appends to OUT what is left of PIECES without BOXES; see box_minus(). */
void boxes_minus(struct cover *cover, const struct boxes *pieces, const struct boxes *boxes, struct boxes *out);

#endif

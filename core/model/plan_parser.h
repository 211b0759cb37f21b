/* plan_parser.h - between plan_parse.c and plan_parse_gates.c. */
#ifndef SLUICE_MODEL_PLAN_PARSER_H
#define SLUICE_MODEL_PLAN_PARSER_H

#include "model/plan.h"
#include "model/plan_line.h"

#define LIST_MAX 10000

struct parser {
	struct plan *plan;
	struct line line;
	size_t host_capacity, health_capacity;
	size_t metric_capacity, gate_capacity;
	int step; /* enum step_kind of the last step line, -1 */
};

/* One handler a line, named by its first word. */
void plan_parse_traffic(struct parser *p, struct line *l);
void plan_parse_switch(struct parser *p, struct line *l);
void plan_parse_live(struct parser *p, struct line *l);
void plan_parse_slot(struct parser *p, struct line *l);
void plan_parse_fast_track(struct parser *p, struct line *l);
void plan_parse_analysis(struct parser *p, struct line *l);
void plan_parse_metric(struct parser *p, struct line *l);
void plan_parse_measures(struct parser *p, struct line *l);
void plan_parse_query(struct parser *p, struct line *l);
void plan_parse_gate(struct parser *p, struct line *l);
void plan_parse_role(struct parser *p, struct line *l);
void plan_parse_command(struct parser *p, struct line *l);
void plan_parse_on(struct parser *p, struct line *l);
void plan_parse_shortest(struct parser *p, struct line *l);

#endif

-- id: child-parent-event
-- version: 1
-- procedure: help
-- subject: person
-- sensitivity: minor
-- title: 儿童的父母近期发生变故
-- why: 此人{age}岁，登记的父母在近{days}天内[死亡{dead}人，][被羁押{in_custody}人，][被报失踪{missing}人，]最近一次在{last_on}；目前未享受孤儿、事实无人抚养儿童或困境儿童保障[（此前的已于{ended_on}终止）]。请走访了解由谁照料。
-- legal-basis: 《国务院关于加强困境儿童保障工作的意见》（国发〔2016〕36号）；《中华人民共和国未成年人保护法》
-- feeds: police, registry
-- also: health, social-security
-- due: 5 working days
-- occasion: event
-- clears: 纳入儿童保障，来源记录被撤回，事件超过期限，转为疑似孤儿或事实无人抚养儿童，或年满18周岁

-- What happened counts although it ended since: a parent who is back may need help all the same. Who died in these days
-- is counted as dead only, whatever happened before; who died earlier, by what is recorded of these days.
-- `all_dead` is what makes an `orphan`, `none_cares` with enough parents what makes an `unattended-child` (the grounds
-- are those of that rule); no active program of theirs is asked for below.
-- The end of a benefit is new evidence: what happened to the parents was known when it was granted.
WITH parent AS (
    SELECT r.person, r.living,
           coalesce(days_between(r.missing_since, c.as_of) >= q.unattended_missing_days, false) AS missing,
           coalesce(days_between(r.custody_since, c.as_of) >= q.unattended_custody_days, false)
               OR coalesce(days_between(r.custody_since, r.custody_until) >= q.unattended_custody_days, false) AS in_custody,
           coalesce(r.grade <= q.unattended_grade, false)
               OR coalesce(r.grade <= q.unattended_mental_grade AND r.category IN ('intellectual', 'mental'), false) AS disabled
    FROM relative r
    CROSS JOIN clock c
    CROSS JOIN parameter q
    WHERE r.kind = 'parent'
), parents AS (
    SELECT r.person,
           count(r.living)        AS parents,
           bool_and(NOT r.living) AS all_dead,
           bool_and(NOT r.living OR r.missing OR r.in_custody OR r.disabled) AS none_cares
    FROM parent r
    GROUP BY r.person
)
SELECT p.person            AS subject,
       'parent-event'      AS occasion,
       p.age               AS age,
       q.parent_event_days AS days,
       nullif(count(DISTINCT e.relative) FILTER (WHERE e.event = 'died'), 0)    AS dead,
       nullif(count(DISTINCT e.relative) FILTER (WHERE e.event = 'custody' AND d.fact IS NULL), 0) AS in_custody,
       nullif(count(DISTINCT e.relative) FILTER (WHERE e.event = 'missing' AND d.fact IS NULL), 0) AS missing,
       max(e.on_day) FILTER (WHERE e.event = 'died' OR d.fact IS NULL) AS last_on,
       max(x.ended_on)     AS ended_on,
       array_agg(e.fact)          AS triggers_event,
       array_agg(x.fact)          AS triggers_end,
       array_agg(e.fact_relation) AS links_relation
FROM relative_event e
JOIN person p ON p.person = e.person
JOIN parents r ON r.person = e.person
CROSS JOIN clock c
CROSS JOIN parameter q
LEFT JOIN relative_event d
    ON d.relative = e.relative AND d.event = 'died'
   AND d.on_day > add_days(c.as_of, -q.parent_event_days)
LEFT JOIN ended_benefit x
    ON x.person = p.person AND x.program IN ('orphan', 'unattended-child', 'child-in-difficulty')
WHERE e.kind = 'parent'
  AND e.event IN ('died', 'custody', 'missing')
  AND e.on_day > add_days(c.as_of, -q.parent_event_days)
  AND p.living
  AND p.age < q.child_below_years
  AND NOT r.all_dead
  AND (NOT r.none_cares OR r.parents < q.unattended_parents_people)
  AND NOT EXISTS (
      SELECT 1 FROM benefit b
      WHERE b.person = p.person AND b.program IN ('orphan', 'unattended-child', 'child-in-difficulty'))
GROUP BY p.person, p.age, q.parent_event_days

-- id: orphan
-- version: 2
-- procedure: help
-- subject: person
-- sensitivity: minor
-- title: 疑似孤儿未获保障
-- why: 此人{age}岁，登记的父母共{parents}人，均已有死亡信息（最近一次{last_death_on}），目前未享受孤儿基本生活保障[（此前的已于{ended_on}终止）]。请一并核实是否有未登记的父母。
-- legal-basis: 《国务院办公厅关于加强孤儿保障工作的意见》（国办发〔2010〕54号）；《社会救助暂行办法》（国务院令第649号）
-- feeds: police, registry
-- also: health, social-security
-- due: 3 working days
-- occasion: event
-- clears: 纳入孤儿保障，父母的死亡信息被撤回，或年满18周岁

-- The end of an orphan benefit is new evidence: all else stays as it was when the benefit was granted.
SELECT p.person                   AS subject,
       'orphan'                   AS occasion,
       p.age                      AS age,
       count(DISTINCT r.relative) AS parents,
       max(r.died_on)             AS last_death_on,
       max(x.ended_on)            AS ended_on,
       array_agg(r.fact_death)    AS triggers_death,
       array_agg(x.fact)          AS triggers_end,
       array_agg(r.fact)          AS links_relation
FROM relative r
JOIN person p ON p.person = r.person
CROSS JOIN parameter q
LEFT JOIN ended_benefit x ON x.person = p.person AND x.program = 'orphan'
WHERE r.kind = 'parent'
  AND p.living
  AND p.age < q.child_below_years
  AND NOT EXISTS (SELECT 1 FROM benefit b WHERE b.person = p.person AND b.program = 'orphan')
GROUP BY p.person, p.age
HAVING bool_and(NOT r.living)

-- id: orphan
-- version: 2
-- procedure: help
-- subject: person
-- sensitivity: minor
-- title: 疑似孤儿未获保障
-- why: 此人{age}岁，登记的父母共{parents}人，均已有死亡信息（最近一次{last_death_on}），目前未享受孤儿基本生活保障。请一并核实是否有未登记的父母。
-- legal-basis: 《国务院办公厅关于加强孤儿保障工作的意见》（国办发〔2010〕54号）；《社会救助暂行办法》（国务院令第649号）
-- feeds: police, health, registry, social-security
-- due: 3 working days
-- occasion: event
-- clears: 纳入孤儿保障，父母的死亡信息被撤回，或年满18周岁

-- The relation is a trigger too: siblings share what happened to a parent, and what was handled for one of them must
-- not silence the other.
SELECT p.person                   AS subject,
       'orphan'                   AS occasion,
       p.age                      AS age,
       count(r.relative)          AS parents,
       max(r.died_on)             AS last_death_on,
       array_agg(r.fact_death)    AS triggers_death,
       array_agg(r.fact)          AS triggers_relation
FROM relative r
JOIN person p ON p.person = r.person
CROSS JOIN parameter q
WHERE r.kind = 'parent'
  AND p.living
  AND p.age < q.child_below_years
  AND NOT EXISTS (SELECT 1 FROM benefit b WHERE b.person = p.person AND b.program = 'orphan')
GROUP BY p.person, p.age
HAVING bool_and(NOT r.living)

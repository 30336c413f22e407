-- id: overlapping-benefits
-- version: 3
-- procedure: review
-- subject: person
-- sensitivity: health
-- title: 重复或互斥的待遇
-- why: 正同时享受重复或互斥的待遇，共{benefits}项：{occasion}（最近一项自{newest_on}起）。请核实，核实前不停发。
-- legal-basis: 《国务院关于全面建立困难残疾人生活补贴和重度残疾人护理补贴制度的意见》（国发〔2015〕52号）；《社会救助暂行办法》（国务院令第649号）
-- feeds: registry, social-security
-- due: 5 working days
-- occasion: event
-- clears: 其中一项待遇终止

-- One finding for each pair of programs; a new grant, or a new amount of injury nursing, makes it a new question.
WITH held AS (
    SELECT person, program, benefit, granted_on AS on_day, fact_grant AS fact, fact_list FROM benefit
    UNION ALL
    SELECT person, 'injury-nursing', '', began_on, fact, fact AS fact_list FROM injury_nursing
)
SELECT p.person                       AS subject,
       a.program || '+' || b.program  AS occasion,
       count(DISTINCT b.benefit)
           + CASE WHEN a.program = b.program THEN 1 ELSE count(DISTINCT a.benefit) END AS benefits,
       max(greatest(a.on_day, b.on_day)) AS newest_on,
       array_agg(a.fact)              AS triggers_first,
       array_agg(b.fact)              AS triggers_second,
       array_agg(a.fact_list)         AS facts_first_list,
       array_agg(b.fact_list)         AS facts_second_list
FROM held a
JOIN held b ON b.person = a.person
JOIN person p ON p.person = a.person
WHERE p.living
  AND (   (a.program = 'tekun' AND b.program IN ('dibao', 'disability-living', 'disability-nursing'))
       OR (a.program = 'disability-nursing' AND b.program = 'injury-nursing')
       OR (a.program = 'orphan' AND b.program = 'disability-living')
       OR (a.program = b.program AND a.benefit < b.benefit))
GROUP BY p.person, a.program, b.program

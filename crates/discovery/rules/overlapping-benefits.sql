-- id: overlapping-benefits
-- version: 3
-- procedure: review
-- subject: person
-- sensitivity: health
-- title: 重复或互斥的待遇
-- why: 正同时享受重复或互斥的待遇，共{benefits}项：{occasion}（最近一项自{newest_on}起享受或列入名单）。请核实，核实前不停发。
-- legal-basis: 《国务院关于全面建立困难残疾人生活补贴和重度残疾人护理补贴制度的意见》（国发〔2015〕52号）；《社会救助暂行办法》（国务院令第649号）
-- feeds: registry, social-security
-- due: 5 working days
-- occasion: event
-- clears: 其中一项待遇终止

-- One finding for each pair of programs; a new grant, a new list that names the person, or a new amount of injury
-- nursing makes it a new question. Of a list its day is told: the grant may be years older than the person's part in it.
-- Where a newer list is held for the person, the day of the one that names them is not known, and that of the grant is
-- told.
WITH held AS (
    SELECT person, program, benefit, fact_grant AS fact, fact_list,
           CASE WHEN fact_list = fact_newest_list THEN listed_on ELSE granted_on END AS on_day
    FROM benefit
    UNION ALL
    SELECT person, 'injury-nursing', '', fact, fact AS fact_list, began_on FROM injury_nursing
)
SELECT p.person                       AS subject,
       a.program || '+' || b.program  AS occasion,
       count(DISTINCT b.benefit)
           + CASE WHEN a.program = b.program THEN 1 ELSE count(DISTINCT a.benefit) END AS benefits,
       max(greatest(a.on_day, b.on_day)) AS newest_on,
       array_agg(a.fact)              AS triggers_first,
       array_agg(b.fact)              AS triggers_second,
       array_agg(a.fact_list)         AS triggers_first_list,
       array_agg(b.fact_list)         AS triggers_second_list
FROM held a
JOIN held b ON b.person = a.person
JOIN person p ON p.person = a.person
WHERE p.living
  AND (   (a.program = 'tekun' AND b.program IN ('dibao', 'disability-living', 'disability-nursing'))
       OR (a.program = 'disability-nursing' AND b.program = 'injury-nursing')
       OR (a.program = 'orphan' AND b.program = 'disability-living')
       OR (a.program = b.program AND a.benefit < b.benefit))
GROUP BY p.person, a.program, b.program

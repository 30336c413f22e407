-- id: child-half-year-sweep
-- version: 1
-- procedure: recheck
-- subject: person
-- sensitivity: minor
-- title: 儿童每半年排查
-- why: 此儿童享受{programs}，按一年两排的要求，本半年应排查一次，请最迟于{due}完成。
-- legal-basis: 《国务院关于加强困境儿童保障工作的意见》（国发〔2016〕36号）；民政部等《关于进一步加强事实无人抚养儿童保障工作的意见》（民发〔2019〕62号）；《中华人民共和国未成年人保护法》
-- feeds: registry
-- due: column due
-- occasion: period
-- clears: 待遇终止；完成排查没有数据记录，不会自动消除，本半年结束后转为逾期

-- True all the half-year: no record says that a sweep was done, so that nothing in the data clears it before the
-- half-year ends but the end of the benefit; after it the task is overdue. To close it by hand is for casework, which
-- cannot yet.
-- The grants, which are in every half-year, are neither triggers nor links. The program decides and no age.
SELECT p.person                AS subject,
       c.half_year             AS occasion,
       c.half_year_end         AS due,
       words(b.program)        AS programs,
       array_agg(b.fact_grant) AS facts_grant
FROM benefit b
JOIN person p ON p.person = b.person
CROSS JOIN clock c
WHERE p.living
  AND b.program IN ('orphan', 'unattended-child', 'child-in-difficulty')
GROUP BY p.person, c.half_year, c.half_year_end

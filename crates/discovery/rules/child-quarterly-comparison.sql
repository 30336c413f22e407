-- id: child-quarterly-comparison
-- version: 1
-- procedure: recheck
-- subject: person
-- sensitivity: minor
-- title: 儿童每季数据比对
-- why: 此儿童享受{programs}，按一季一比对的要求，本季度应完成一次与各部门数据的比对[；本季度至今与其有关的记录共{records}条（来源：{feeds}）]。请最迟于{due}核对其监护、户籍、就医和待遇是否有变化。
-- legal-basis: 《国务院关于加强困境儿童保障工作的意见》（国发〔2016〕36号）；民政部等《关于进一步加强事实无人抚养儿童保障工作的意见》（民发〔2019〕62号）；《中华人民共和国未成年人保护法》
-- feeds: police, social-security, health, medical-insurance, registry
-- due: column due
-- occasion: period
-- clears: 待遇终止；完成比对没有数据记录，不会自动消除，本季度结束后转为逾期

-- Depends on every feed: to compare with what a silent department did not send would be a guess.
-- True all the quarter: no record says that a comparison was made, so that nothing in the data clears it before the
-- quarter ends but the end of the benefit; after it the task is overdue. To close it by hand is for casework, which cannot
-- yet. Triggers are for that time: closed early, the task is to come again when another department tells something new in
-- the quarter. What the bureau recorded itself and small bills are shown only. The program decides and no age.
SELECT p.person                AS subject,
       c.quarter               AS occasion,
       c.quarter_end           AS due,
       words(b.program)        AS programs,
       count(DISTINCT f.fact)  AS records,
       words(f.feed)           AS feeds,
       array_agg(f.fact) FILTER (WHERE f.feed <> 'registry' AND small.fact IS NULL) AS triggers_quarter,
       array_agg(f.fact)       AS facts_quarter,
       array_agg(b.fact_grant) AS facts_grant
FROM benefit b
JOIN person p ON p.person = b.person
CROSS JOIN clock c
CROSS JOIN parameter q
LEFT JOIN quarter_fact f ON f.person = p.person
LEFT JOIN settlement small ON small.fact = f.fact AND small.self_paid_fen < q.reopening_self_pay_fen
WHERE p.living
  AND b.program IN ('orphan', 'unattended-child', 'child-in-difficulty')
GROUP BY p.person, c.quarter, c.quarter_end

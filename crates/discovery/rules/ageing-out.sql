-- id: ageing-out
-- version: 1
-- procedure: review
-- subject: person
-- sensitivity: general
-- title: 已成年仍享受儿童保障
-- why: 此人现年{age}周岁（儿童保障到{until_years}周岁为止），待遇尚未终止：{programs}。请核实是否仍在校就读等可以延续的情形，并衔接成年后的救助，核实前待遇不变。
-- legal-basis: 《国务院办公厅关于加强孤儿保障工作的意见》（国办发〔2010〕54号）；《国务院关于加强困境儿童保障工作的意见》（国发〔2016〕36号）；民政部等《关于进一步加强事实无人抚养儿童保障工作的意见》（民发〔2019〕62号）
-- feeds: registry
-- due: 10 working days
-- occasion: event
-- clears: 待遇终止
SELECT p.person                  AS subject,
       'age-18'                  AS occasion,
       p.age                     AS age,
       q.child_below_years       AS until_years,
       words(b.program)          AS programs,
       array_agg(b.fact_grant)   AS triggers_grant
FROM benefit b
JOIN person p ON p.person = b.person
CROSS JOIN parameter q
WHERE p.living
  AND b.program IN ('orphan', 'unattended-child', 'child-in-difficulty')
  AND p.age >= q.child_below_years
GROUP BY p.person, p.age, q.child_below_years

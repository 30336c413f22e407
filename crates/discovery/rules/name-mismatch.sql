-- id: name-mismatch
-- version: 2
-- procedure: quality
-- subject: person
-- sensitivity: general
-- title: 姓名与公安登记不一致
-- why: {occasion}有{records}条记录的姓名与公安登记的姓名不一致（最近一条{last_on}），姓名一致前这些记录不参与任何判断。
-- legal-basis: 《中华人民共和国个人信息保护法》第八条
-- feeds: police, social-security, health, medical-insurance, registry
-- due: 5 working days
-- occasion: event
-- clears: 来源部门更正姓名或撤回记录，或公安登记相同的姓名

-- One finding for each department that sends another name: each has to put its own records right, and one more is a new
-- alert. Held facts are links: the same wrong name comes again with every delivery, and gives none.
SELECT p.person              AS subject,
       h.feed                AS occasion,
       count(h.fact)         AS records,
       max(h.on_day)         AS last_on,
       array_agg(h.fact)     AS links_held
FROM held_fact h
JOIN person p ON p.person = h.person
WHERE p.living
GROUP BY p.person, h.feed
